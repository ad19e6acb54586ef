FROM localhost/base:latest
SHELL ["/bin/sh", "-eux", "-c"]
RUN echo in another shell
CMD echo "$BASE" command
SHELL ["/bin/ash", "-c"]
ENTRYPOINT exec "$0"
