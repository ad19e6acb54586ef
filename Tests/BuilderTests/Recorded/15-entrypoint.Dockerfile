FROM localhost/base:latest
CMD ["first"]
ENTRYPOINT ["/bin/echo", "tab\t\"quote\" ü"]
CMD ["second", "x y"]
