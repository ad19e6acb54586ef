for name in 'ä.größe' 'two  blanks' "a'b" 'semi;colon' 'dollar$x' 'back\slash' '-dash' 'tab	tab' '#hash' '日本'; do touch "./$name"; done
long() { for i in $(seq $2); do printf %s $1; done; }
mkdir -p "very/$(long long 30)/$(long name 30)"; echo x > "very/$(long long 30)/$(long name 30)/$(long file 40)"
