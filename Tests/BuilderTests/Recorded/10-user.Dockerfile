FROM localhost/base:latest
ARG UID=1000
USER app
RUN test "$(id -u)" = 1000
USER $UID:$UID
WORKDIR /tmp/of-user
USER root
