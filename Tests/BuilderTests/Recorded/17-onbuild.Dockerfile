FROM localhost/base:latest
ONBUILD COPY README /from-trigger
ONBUILD RUN echo triggered > /trigger
ONBUILD ENV TRIGGERED=yes
