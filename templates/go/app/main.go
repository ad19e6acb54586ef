// Short links: stores addresses under names in a file, and redirects visitors to them.
//
//	GET  /       all names and addresses as JSON
//	GET  /NAME   a redirection to the address
//	POST /NAME   the body is the new address of NAME
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

const longestAddress = 2000

// Links is a map that is saved in a file.
type Links struct {
	mutex     sync.RWMutex
	path      string
	addresses map[string]string
}

// OpenLinks reads the file. Without a file, the map is empty.
func OpenLinks(path string) (*Links, error) {
	links := &Links{path: path, addresses: map[string]string{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return links, nil
	} else if err != nil {
		return nil, err
	}
	return links, json.Unmarshal(text, &links.addresses)
}

// Set stores an address under a name. The file is replaced in one step, so it is always complete.
func (links *Links) Set(name, address string) error {
	links.mutex.Lock()
	defer links.mutex.Unlock()
	links.addresses[name] = address
	text, err := json.MarshalIndent(links.addresses, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(links.path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(links.path+".new", links.path)
}

func (links *Links) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method == http.MethodPost && name != "":
		links.post(w, r, name)
	case r.Method != http.MethodGet:
		http.Error(w, "GET /, GET /NAME, POST /NAME", http.StatusMethodNotAllowed)
	case name == "":
		links.mutex.RLock()
		defer links.mutex.RUnlock()
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(links.addresses)
	default:
		links.mutex.RLock()
		defer links.mutex.RUnlock()
		if address, ok := links.addresses[name]; ok {
			http.Redirect(w, r, address, http.StatusFound)
		} else {
			http.NotFound(w, r)
		}
	}
}

func (links *Links) post(w http.ResponseWriter, r *http.Request, name string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestAddress))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	address, err := url.Parse(strings.TrimSpace(string(body)))
	if err != nil || (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		http.Error(w, "POST an address such as https://go.dev", http.StatusBadRequest)
		return
	}
	if err := links.Set(name, address.String()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "/%s is %s\n", name, address)
}

func main() {
	links, err := OpenLinks(os.Getenv("LINKS_FILE"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: ":8080", Handler: links}

	// `trice down` sends SIGTERM: open requests are finished first.
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	finished := make(chan struct{})
	go func() {
		<-stop.Done()
		limit, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		server.Shutdown(limit)
		close(finished)
	}()

	log.Print("ready on port 8080")
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-finished
}
