package server

import (
	"cmp"
	"fmt"

	"github.com/hindcast/hindcast/internal/fault"
)

// gitHubDeployment is what is read of GitHub's event deployment_status.
type gitHubDeployment struct {
	Status struct {
		State     string `json:"state"`
		CreatedAt string `json:"created_at"`
		LogURL    string `json:"log_url"`
		TargetURL string `json:"target_url"`
		Creator   struct {
			Login string `json:"login"`
		} `json:"creator"`
	} `json:"deployment_status"`
	Deployment struct {
		ID          int64  `json:"id"`
		Ref         string `json:"ref"`
		Environment string `json:"environment"`
		CreatedAt   string `json:"created_at"`
	} `json:"deployment"`
	Repository struct {
		Name     string `json:"name"`
		FullName string `json:"full_name"`
	} `json:"repository"`
}

// gitHubEnded are the states of a deployment that has ended.
var gitHubEnded = map[string]bool{"success": true, "failure": true, "error": true}

// readGitHub reads a delivery of GitHub. The service is called as the repository
// is, unless the address says otherwise.
func readGitHub(event string, body []byte) (delivery, error) {
	switch event {
	case "ping":
		return delivery{}, errNothingToKeep
	case "deployment_status":
	default:
		return delivery{}, fault.Invalidf("GitHub event %.40q says nothing about the end of a deploy: send deployment_status only", event)
	}
	var g gitHubDeployment
	if err := readJSON(body, &g); err != nil {
		return delivery{}, err
	}
	switch {
	case g.Deployment.ID == 0:
		return delivery{}, fault.At("deployment.id", fault.Invalidf("deployment.id is missing"))
	case g.Status.State == "inactive": // a later deploy took its place
		return delivery{}, errNothingToKeep
	}
	d := delivery{
		ID: fmt.Sprintf("github:%s:%d", g.Repository.FullName, g.Deployment.ID), Service: g.Repository.Name, Version: g.Deployment.Ref,
		Environment: g.Deployment.Environment, URL: cmp.Or(g.Status.LogURL, g.Status.TargetURL), StartedAt: g.Deployment.CreatedAt,
		Status: g.Status.State, Author: g.Status.Creator.Login,
	}
	if gitHubEnded[g.Status.State] {
		d.FinishedAt = g.Status.CreatedAt
	}
	return d, nil
}
