touch 'a[1].dat' 'b*' bc
