FROM localhost/base:latest
ARG PORT=90
EXPOSE 443 80/tcp 53/udp
EXPOSE 9000-9002 $PORT/UDP
VOLUME /data /var/log
VOLUME ["/json volume", "/data"]
