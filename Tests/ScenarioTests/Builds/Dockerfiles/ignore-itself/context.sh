echo f > f; mkdir .git; echo c > .git/config; mkdir sub; echo d > sub/Dockerfile
