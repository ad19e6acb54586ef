# Starts MariaDB, and creates the database on the first start.
#
# The database is created in a temporary directory and then moved to its final place. So an interrupted start is
# repeated, and a complete database is never changed.
set -eu

quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }

install -d -o mysql -g mysql /srv/mariadb /run/mysqld
if ! [ -e /srv/mariadb/data ]; then
    rm -rf /srv/mariadb/new
    mariadb-install-db --user=mysql --datadir=/srv/mariadb/new --skip-test-db >/dev/null
    {
        echo "SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES');"
        echo "FLUSH PRIVILEGES;"    # the bootstrap mode starts without users and rights; this loads them
        echo "CREATE DATABASE \`$MARIADB_DATABASE\` CHARACTER SET utf8mb4;"
        echo "CREATE USER $(quoted "$MARIADB_USER") IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
        echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO $(quoted "$MARIADB_USER");"
        echo "USE \`$MARIADB_DATABASE\`;"
        cat /srv/db/schema.sql
    } | mariadbd --user=mysql --datadir=/srv/mariadb/new --bootstrap
    mv /srv/mariadb/new /srv/mariadb/data
    echo "made the database $MARIADB_DATABASE"
fi
exec mariadbd --user=mysql --datadir=/srv/mariadb/data --bind-address=0.0.0.0
