FROM scratch
ENV A=b
COPY README /
CMD ["/nothing"]
