package main

import (
	"fmt"
	h "net/http"
	. "math"
	_ "embed"
)

const (
	A = iota
	B
	C, D = 1, "x"
)

var x, y int = 1, 2
var z = map[string]bool{"a": true, "b": false}

type ID string
type Al = h.Request
type (
	S struct {
		*Base
		h.Handler
		a, b string `json:"a"`
		G[int]
		F func(a int) (string, error)
	}
	I interface {
		Find(x string) (string, error)
		io.Reader
		~int | string
	}
)

func (s *S) M(a, b int, c ...string) (n int, err error) {
	defer func() { recover() }()
	go s.run(a)
	ch <- 1
	v := <-ch
	v, ok := <-ch
	v, ok = m["a"]
	t, ok := x.(string)
	switch v := x.(type) {
	case string, int:
		f(v)
	case nil:
	default:
	}
	switch y := f(); y {
	case 1, 2:
		fallthrough
	default:
		break
	}
	switch {
	case a > b:
	}
	select {
	case v := <-ch:
		f(v)
	case ch <- 2:
	default:
	}
	for i := 0; i < 10; i++ {
		continue
	}
	for k, v := range m { f(k, v) }
	for range ch {}
	for i = range 10 {}
	for a < b {}
	for {}
outer:
	for { break outer }
	if err := f(); err != nil { return 0, err } else if a { } else { goto end }
	x, y = y, x
	x += 1
	a.b[1:2][0].c = &S{a: "x", b: 1}
	p := []string{"a", 2: "b"}
	q := [...]S{{a: "1"}, {b: "2"}}
	r := func(a int) string { return "x" + `raw` }
	g := G[int, string]{1, 2}
	mk := make(map[string][]int, 1)
	nw := new(S)
	u := []byte("x")
	w := (*S)(nil)
	e := Fn[int](3)
	fmt.Println(args...)
	1.5e3; 'a'; 0x1f; 3i; !a; -b; ^c; *p; &q
	s := struct{ A string }{"x"}
	type Local struct{ x int }
	const loc = 3
	var i interface{ M() } = nil
end:
	return
}

func Map[T any, U comparable](xs []T, f func(T) U) []U { return nil }
