package tenants

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"image"
	_ "image/jpeg" // formats that a logo may have
	"image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // formats that a logo may have

	"gatehouse/models"
	"gatehouse/reason"
)

// The limits of an uploaded picture (R105), and the size at which a logo is
// kept: enough for the largest that a page draws, on a dense screen.
const (
	maxUpload = 2 << 20
	maxSide   = 4096
	keepSide  = 640
)

var errPicture = errors.New("tenants: not a PNG, JPEG or WebP picture within the limits")

// picture decodes an upload and encodes it anew as PNG, so that nothing of the
// uploaded bytes reaches a browser (R105). SVG is no picture here.
func (d *Directory) picture(upload []byte) (*models.Image, error) {
	if len(upload) == 0 {
		return nil, nil //nolint:nilnil // no upload is no picture
	}
	fail := func(err error) (*models.Image, error) {
		return nil, reason.Wrap(reason.ImageInvalid, err).On("logo", reason.ImageInvalid, "PNG, JPEG, WebP; 2 MiB")
	}
	if len(upload) > maxUpload {
		return fail(errPicture)
	}
	// The size is read before the pixels, so that no small file unfolds.
	cfg, _, err := image.DecodeConfig(bytes.NewReader(upload))
	if err != nil || cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxSide || cfg.Height > maxSide {
		return fail(errors.Join(errPicture, err))
	}
	decoded, _, err := image.Decode(bytes.NewReader(upload))
	if err != nil {
		return fail(err)
	}
	decoded = fit(decoded)
	var out bytes.Buffer
	if err := png.Encode(&out, decoded); err != nil {
		return fail(err)
	}
	digest := sha256.Sum256(out.Bytes())
	return &models.Image{
		ID: base64.RawURLEncoding.EncodeToString(digest[:16]), ContentType: "image/png",
		Width: decoded.Bounds().Dx(), Height: decoded.Bounds().Dy(), Bytes: out.Bytes(), CreatedAt: models.At(d.now()),
	}, nil
}

// fit shrinks a picture to the size at which it is kept.
func fit(p image.Image) image.Image {
	w, h := p.Bounds().Dx(), p.Bounds().Dy()
	if w <= keepSide && h <= keepSide {
		return p
	}
	scale := float64(keepSide) / float64(max(w, h))
	small := image.NewNRGBA(image.Rect(0, 0, max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale))))
	draw.CatmullRom.Scale(small, small.Bounds(), p, p.Bounds(), draw.Src, nil)
	return small
}

// PictureID is the id that an uploaded picture would be kept under. It returns
// reason.ImageInvalid.
func (d *Directory) PictureID(upload []byte) (string, error) {
	i, err := d.picture(upload)
	if err != nil || i == nil {
		return "", err
	}
	return i.ID, nil
}
