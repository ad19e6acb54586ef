FROM localhost/base:latest
WORKDIR /
WORKDIR /srv
ENV DIR=/var/lib
WORKDIR $DIR/app
WORKDIR relative/../other
RUN pwd > where
COPY README .
WORKDIR /srv
