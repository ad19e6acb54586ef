FROM localhost/17-onbuild:latest
RUN test -e /trigger
