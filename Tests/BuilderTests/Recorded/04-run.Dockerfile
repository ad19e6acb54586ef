FROM localhost/base:latest
RUN echo shell > /one
RUN ["/bin/echo", "exec form", "with \"quotes\""]
RUN echo a && \
    # a comment inside
    echo b \
    && echo "two  spaces"
RUN   echo	tab   	and trailing   
RUN true
