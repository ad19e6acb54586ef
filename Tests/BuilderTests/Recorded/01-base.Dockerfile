FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && /bin/busybox mkdir -p /etc /tmp /root"]
RUN echo 'root:x:0:0:root:/root:/bin/sh' > /etc/passwd && echo 'app:x:1000:1000::/home/app:/bin/sh' >> /etc/passwd && echo 'root:x:0:' > /etc/group && echo 'app:x:1000:' >> /etc/group
ENV BASE=yes LEVEL=1
LABEL org.example.base=true
EXPOSE 8080
VOLUME /var/base
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s CMD true
ENTRYPOINT ["/bin/sh"]
CMD ["-c", "echo base"]
