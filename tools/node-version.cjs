// Fails with the remedy if Node is older than what the page's tools need.
const [major, minor] = process.versions.node.split(".").map(Number);
const fit = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major > 24;
if (!fit) {
  console.error(`make: Node ${process.versions.node} is too old for the page's tools and npm brought none for this platform: install Node 24.15 or newer`);
  process.exit(1);
}
