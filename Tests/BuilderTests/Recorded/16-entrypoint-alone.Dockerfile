FROM localhost/base:latest
ENTRYPOINT ["/bin/cat"]
