set -eu
PATH=/usr/lib/postgresql/15/bin:$PATH
install -d -o postgres -g postgres /srv/postgresql /run/postgresql
if ! [ -e /srv/postgresql/data ]; then
    rm -rf /srv/postgresql/new
    setpriv --reuid postgres --regid postgres --init-groups sh -euc '
        printf %s "$PGPASSWORD" | initdb --no-sync -D /srv/postgresql/new -U shop --pwfile=/dev/stdin \
            --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 >/dev/null
        echo "host all all all scram-sha-256" >>/srv/postgresql/new/pg_hba.conf
        echo "CREATE DATABASE shop" | postgres --single -j -D /srv/postgresql/new postgres >/dev/null
        mv /srv/postgresql/new /srv/postgresql/data'
fi
exec setpriv --reuid postgres --regid postgres --init-groups postgres -D /srv/postgresql/data -c "listen_addresses=*"
