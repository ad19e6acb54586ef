FROM localhost/base:latest
ENV ONE 1 and a half
ENV TWO="2 2" THREE=3\ 3 FOUR=${LEVEL}x
ENV LEVEL=2
ENV FIVE=${MISSING:-default}/${BASE:+set} EMPTY=
ENV QUOTED='single $BASE "double"'
