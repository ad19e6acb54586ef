# escape=`
FROM localhost/base:latest
RUN echo one `
    two
ENV P=C:\dir Q="a`"b"
COPY README C:\
