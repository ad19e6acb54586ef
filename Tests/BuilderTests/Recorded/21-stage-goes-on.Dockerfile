FROM localhost/base:latest AS one
ARG A=1
CMD ["one"]
ONBUILD RUN echo never
USER app
FROM one AS two
ARG B=2
RUN echo "$A $B"
ENTRYPOINT ["/bin/two"]
