package tsdb

// Scraper collects samples from targets.
type Scraper struct{}

// Stop ends scraping.
func (s *Scraper) Stop() {}
