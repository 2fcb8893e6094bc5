// Sets the colour scheme before the first paint, so that a dark page never flashes white. A file and not an
// inline script, because the content policy allows no inline scripts.
(() => {
  let scheme = "auto";
  try {
    scheme = localStorage.getItem("hindcast-color-scheme") ?? "auto";
  } catch {
    // storage is switched off: follow the system
  }
  const dark =
    scheme === "dark" || (scheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
})();
