FROM localhost/base:latest
RUN --mount=type=cache,target=/cache echo cached > /cache/file
RUN --mount=type=bind,source=src,target=/src cat /src/main.c > /copied
RUN --mount=type=tmpfs,target=/scratch echo x > /scratch/x
RUN --mount=type=secret,id=token test ! -e /run/secrets/token
