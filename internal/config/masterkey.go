package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ReadMasterKey gives the text of the master key: from its setting, from its
// file, or, where that is allowed and the file is missing, from generate, kept
// in the file (mode 0600) before it is returned. Of several servers that start
// together one makes the file and all get its key.
func (c *Config) ReadMasterKey(generate func() []byte) ([]byte, error) {
	if !c.MasterKey.IsZero() {
		return []byte(c.MasterKey.Reveal()), nil
	}
	content, err := os.ReadFile(c.MasterKeyFile)
	if err == nil {
		return content, nil
	}
	if !c.MasterKeyCreated || !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	if err := createOnce(c.MasterKeyFile, append(generate(), '\n')); err != nil {
		return nil, fmt.Errorf("keep the new master key: %w", err)
	}
	content, err = os.ReadFile(c.MasterKeyFile)
	if err != nil {
		return nil, fmt.Errorf("read the new master key: %w", err)
	}
	return content, nil
}

// createOnce puts a whole file in place, durably, unless there is one. A key
// lost at a power cut would take all that it sealed along.
func createOnce(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".master-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // a leftover name harms nobody
	if err := writeAll(temporary, content); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func writeAll(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir) //nolint:gosec // the directory of a file that the operator named
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
