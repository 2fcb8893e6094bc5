import "@mantine/core/styles.layer.css";
import "./app/theme.css";
import "./app/print.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { createAppRouter } from "./app/router";
import { createClient, socketUrl } from "./lib/apollo";
import { LiveSocket } from "./lib/connection";
import { ZonePreference } from "./lib/preferences";

const host = document.getElementById("root");
if (!host) {
  throw new Error("index.html has no element #root");
}
const socket = new LiveSocket(socketUrl(window.location));
createRoot(host).render(
  <StrictMode>
    <App client={createClient(socket)} live={socket} zone={new ZonePreference()} router={createAppRouter()} />
  </StrictMode>,
);
