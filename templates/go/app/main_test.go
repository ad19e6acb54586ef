package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func ask(links *Links, method, path, body string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	links.ServeHTTP(answer, httptest.NewRequest(method, path, strings.NewReader(body)))
	return answer
}

func TestALinkIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "links.json")
	for _, again := range []bool{false, true} {
		links, err := OpenLinks(path)
		if err != nil {
			t.Fatal(err)
		}
		if !again {
			if answer := ask(links, "POST", "/go", "https://go.dev\n"); answer.Code != http.StatusCreated {
				t.Fatal(answer.Code, answer.Body)
			}
		}
		if answer := ask(links, "GET", "/go", ""); answer.Header().Get("Location") != "https://go.dev" {
			t.Error(again, answer.Code, answer.Header())
		}
	}
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	links, err := OpenLinks(filepath.Join(t.TempDir(), "links.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "go.dev", "javascript:alert(1)", strings.Repeat("x", longestAddress+1)} {
		if answer := ask(links, "POST", "/x", body); answer.Code != http.StatusBadRequest {
			t.Error(body, answer.Code)
		}
	}
	if answer := ask(links, "GET", "/x", ""); answer.Code != http.StatusNotFound {
		t.Error(answer.Code)
	}
}
