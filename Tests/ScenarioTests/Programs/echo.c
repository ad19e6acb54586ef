// echo serve PORT [ADDRESS]             answers every TCP connection and UDP message with what it was sent, and the
//                                       message "peer" with the address that it came from
// echo ask tcp|udp ADDRESS PORT TEXT    sends the text, prints the answer; fails after two seconds
//
// Linked statically by the tests and mounted into containers: busybox has nothing that speaks UDP.

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address(const char *text, const char *port) {
    struct sockaddr_in result = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    if (inet_pton(AF_INET, text, &result.sin_addr) != 1) exit(64);
    return result;
}

static const char *answer(char *bytes, ssize_t *count, struct sockaddr_in *peer) {
    if (*count != 4 || memcmp(bytes, "peer", 4)) return bytes;
    const char *text = inet_ntoa(peer->sin_addr);
    *count = (ssize_t)strlen(text);
    return text;
}

static int serve(const char *port, const char *own) {
    struct sockaddr_in any = address(own, port);
    int on = 1, tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(tcp, (void *)&any, sizeof any) || listen(tcp, 64) || bind(udp, (void *)&any, sizeof any)) return 1;
    signal(SIGCHLD, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        struct pollfd both[2] = {{tcp, POLLIN, 0}, {udp, POLLIN, 0}};
        poll(both, 2, -1);
        char bytes[65536];
        if (both[1].revents) {
            struct sockaddr_in peer;
            socklen_t size = sizeof peer;
            ssize_t count = recvfrom(udp, bytes, sizeof bytes, 0, (void *)&peer, &size);
            if (count > 0) {
                const char *text = answer(bytes, &count, &peer);
                sendto(udp, text, (size_t)count, 0, (void *)&peer, size);
            }
        }
        if (both[0].revents) {
            struct sockaddr_in from;
            socklen_t size = sizeof from;
            int peer = accept(tcp, (void *)&from, &size);
            if (fork() == 0) {
                ssize_t count;
                while ((count = read(peer, bytes, sizeof bytes)) > 0) {
                    const char *text = answer(bytes, &count, &from);
                    if (write(peer, text, (size_t)count) != count) break;
                }
                _exit(0);
            }
            close(peer);
        }
    }
}

static int ask(const char *kind, const char *host, const char *port, const char *text) {
    struct sockaddr_in peer = address(host, port);
    struct timeval limit = {2, 0};
    int s = socket(AF_INET, strcmp(kind, "udp") ? SOCK_STREAM : SOCK_DGRAM, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    char bytes[4096];
    if (connect(s, (void *)&peer, sizeof peer) || send(s, text, strlen(text), 0) < 0) return perror(host), 1;
    ssize_t count = recv(s, bytes, sizeof bytes, 0);
    if (count < 0) return perror(host), 1;
    return fwrite(bytes, 1, (size_t)count, stdout) == (size_t)count ? 0 : 1;
}

int main(int count, char **words) {
    if (count == 3 && !strcmp(words[1], "serve")) return serve(words[2], "0.0.0.0");
    if (count == 4 && !strcmp(words[1], "serve")) return serve(words[2], words[3]);
    if (count == 6 && !strcmp(words[1], "ask")) return ask(words[2], words[3], words[4], words[5]);
    return 64;
}
