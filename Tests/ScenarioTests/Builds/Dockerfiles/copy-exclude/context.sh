mkdir -p tree/sub/deeper; touch a b c top.log tree/x.log tree/x tree/sub/secret tree/sub/open tree/sub/y.log tree/sub/deeper/f
