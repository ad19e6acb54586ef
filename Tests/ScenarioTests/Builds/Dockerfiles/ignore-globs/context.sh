mkdir -p build rooted deep/rooted temp1 temp12 one/inner one/two/inner a/b/c/z a/z sub/keep sub/not node_modules/m x/node_modules dotted trailing keepdir
touch build/b rooted/r deep/rooted/r temp1/t temp12/t one/inner/i one/two/inner/i a/b/c/z/f a/z/f a/b/f sub/keep/k sub/not/n node_modules/m/f x/node_modules/f x.dat y.dat z.dat dotted/f trailing/f
touch top.o deep/below.o deep/fine.c keepdir/k '#hash'
