FROM localhost/base:latest
ARG WHO=me
LABEL maintainer=$WHO
LABEL "org.example.two words"="a b" org.example.multi="line one \
line two"
LABEL org.example.base=overridden version=1.0
