package identity

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

const keyBits = 2048

// signingKey is the RSA key of a pool, read or made when it is first needed.
//
// Unlike AWS: one key signs identity and access tokens; Cognito has a key for each.
type signingKey struct {
	dir, name string

	mu  sync.Mutex // guards what follows
	key *rsa.PrivateKey
	id  string
}

// private returns the key and its id.
func (k *signingKey) private() (*rsa.PrivateKey, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, k.id, nil
	}
	key, err := k.load()
	if err != nil {
		return nil, "", fmt.Errorf("key of user pool %s: %w", k.name, err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, "", fmt.Errorf("key of user pool %s: %w", k.name, err)
	}
	sum := sha256.Sum256(public)
	k.key, k.id = key, base64.StdEncoding.EncodeToString(sum[:])
	return k.key, k.id, nil
}

// public returns the key set that authorizers check signatures with.
func (k *signingKey) public() (*jose.JSONWebKeySet, error) {
	key, id, err := k.private()
	if err != nil {
		return nil, err
	}
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &key.PublicKey, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"},
	}}, nil
}

// derive returns a symmetric key for one purpose, which lives as long as the pool's key does.
func (k *signingKey) derive(purpose string) ([]byte, error) {
	key, _, err := k.private()
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key.D.Bytes())
	mac.Write([]byte("portico " + purpose))
	return mac.Sum(nil), nil
}

func (k *signingKey) load() (*rsa.PrivateKey, error) {
	if k.dir == "" {
		return rsa.GenerateKey(rand.Reader, keyBits)
	}
	path := filepath.Join(k.dir, "user-pool-"+k.name+".pem")
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
		return nil, err
	}
	if err := writeKey(path, key); err != nil {
		return nil, err
	}
	return readKey(path) // another runner may have been first
}

func readKey(path string) (*rsa.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block; delete it to get a new key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to get a new key", path, err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s holds a %T, want an RSA key; delete it to get a new one", path, parsed)
	}
	return key, nil
}

// writeKey makes the file whole or not at all, for its owner alone; one that exists stays.
func writeKey(path string, key *rsa.PrivateKey) (err error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	err = pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
