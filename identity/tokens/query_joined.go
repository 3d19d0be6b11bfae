package tokens

import (
	"context"

	"gorm.io/gorm/clause"

	"gatehouse/models"
	"gatehouse/store"
)

func insertJoined(ctx context.Context, tx *store.Tx, sessionID, applicationID string) error {
	row := models.SessionApplication{SessionID: sessionID, ApplicationID: applicationID}
	return tx.Later(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

// joinedIn lists the sessions with their applications, of which some come twice.
func joinedIn(ctx context.Context, r store.Reader, sessionIDs []string) ([]models.SessionApplication, error) {
	var rows, more []models.SessionApplication
	err := r.Read(ctx).Where(map[string]any{"session_id": sessionIDs}).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	err = r.Read(ctx).Model(&models.Family{}).Select("tenant_id", "session_id", "application_id").
		Where(map[string]any{"session_id": sessionIDs}).Find(&more).Error
	return append(rows, more...), err
}
