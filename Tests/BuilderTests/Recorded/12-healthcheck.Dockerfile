FROM localhost/base:latest
HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --retries=5 CMD wget -q http://localhost/ || exit 1
HEALTHCHECK CMD ["/bin/true", "--x"]
