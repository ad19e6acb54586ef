FROM localhost/base:latest
HEALTHCHECK NONE
