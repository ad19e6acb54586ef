FROM localhost/base:latest
ADD README app.conf /data/
ADD --chown=0:0 src /data/src
ADD archive.tar /unpacked/
