import { useEffect, useState } from "react";

/**
 * Gives the focus back to what had it before something opened; if that is gone,
 * to the title of the page, so that nobody starts again from the top. Mantine
 * does so only for what is hidden, not for what is not drawn any more.
 */
export function useOpener(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After what is drawn next: it may take the focus itself.
      setTimeout(() => {
        if (document.activeElement && document.activeElement !== document.body) {
          return;
        }
        const there = opener instanceof HTMLElement && opener !== document.body && opener.isConnected;
        const next = there ? opener : document.querySelector<HTMLElement>("#content h1");
        next?.focus({ preventScroll: true });
      });
    },
    [opener],
  );
}
