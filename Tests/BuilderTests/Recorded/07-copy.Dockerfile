FROM localhost/base:latest
ARG DIR=/opt
COPY README /
COPY README app.conf /etc/
COPY src $DIR/src/
COPY --chown=app:app src/*.c ./code/
COPY --chown=1000 ["README", "/with space/"]
COPY --from=localhost/base:latest /etc/passwd /other
COPY . /all
