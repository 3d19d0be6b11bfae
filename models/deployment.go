package models

// Fact is something that holds for the whole deployment, such as the check
// value of the master key.
//
// Owner: store/facts.
type Fact struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

// TableName names the table.
func (Fact) TableName() string { return "deployment" }
