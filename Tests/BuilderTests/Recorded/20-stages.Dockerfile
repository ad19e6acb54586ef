ARG TAG=latest
FROM localhost/base:$TAG AS builder
ARG MODE=release
ENV BUILT=$MODE
LABEL stage=builder
WORKDIR /build
RUN echo "$MODE" > out
FROM builder AS tester
RUN test -e out
FROM scratch AS unused
COPY README /
FROM localhost/base:latest
COPY --from=builder /build/out /usr/local/out
COPY --from=0 --chown=app /build /usr/local/build/
ENTRYPOINT ["/usr/local/out"]
