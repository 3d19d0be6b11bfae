package facts

import (
	"context"
	"errors"

	"gatehouse/store"
)

// MasterKey is the fact that names the master key.
const MasterKey = "master_key_check"

// ErrMasterKey says that the database was made with another master key.
var ErrMasterKey = errors.New("the master key is not the one this database was made with: give back the former GATEHOUSE_MASTER_KEY, or start with an empty database")

// Keyring names a master key without telling it; *seal.Keyring is one.
type Keyring interface {
	CheckValue() string
	Matches(stored string) bool
}

// Get reads a fact; it is empty where there is none.
func Get(ctx context.Context, db *store.DB, name string) (string, error) {
	value, err := find(ctx, db.System("deployment facts"), name)
	if store.NotFound(err) {
		return "", nil
	}
	return value, err
}

// Claim makes a fact if there is none and returns the one that holds: of
// several nodes that start at once all see the same.
func Claim(ctx context.Context, db *store.DB, name, value string) (string, error) {
	var holds string
	err := db.System("deployment facts").Write(ctx, func(tx *store.Tx) error {
		if err := insert(ctx, tx, name, value); err != nil {
			return err
		}
		var err error
		holds, err = find(ctx, tx, name)
		return err
	})
	return holds, err
}

// CheckMaster compares the master key with the one that the database was made
// with (R122); the first start sets it. Another is ErrMasterKey.
func CheckMaster(ctx context.Context, db *store.DB, k Keyring) error {
	stored, err := Claim(ctx, db, MasterKey, k.CheckValue())
	if err != nil {
		return err
	}
	if !k.Matches(stored) {
		return ErrMasterKey
	}
	return nil
}
