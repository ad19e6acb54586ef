echo b > 'with blank.txt'; echo q > 'quote.d'; mkdir 'tree dir'; echo t > 'tree dir/f'; echo 1 > one
