touch a.txt b.txt c.txt a.md bb.md apple.log banana.log cherry.log .hidden .hid2 one.two
mkdir -p src/sub src/other src/none; echo x > src/sub/x.c; echo o > src/other/x.c; echo y > src/sub/y.c; echo n > src/none/n
