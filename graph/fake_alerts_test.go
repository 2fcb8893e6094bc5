package graph

// alertsFake lets fakeAlerts embed the interface whose method has its name.
type alertsFake = Alerts

// fakeAlerts answers nothing yet.
type fakeAlerts struct{ alertsFake }
