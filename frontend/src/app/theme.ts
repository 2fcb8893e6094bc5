import { Button, Chip, createTheme, DrawerRoot, ModalRoot, Popover, Tooltip } from "@mantine/core";

/**
 * Colours and type are in theme.css. lockScroll stays off because the lock
 * writes a <style> element, which the content policy refuses.
 */
export const theme = createTheme({
  primaryColor: "blue",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Mantine writes white on what is filled; on the accent of the dark scheme nobody could read it.
    Button: Button.extend({
      vars: (_, { variant = "filled" }) => ({
        root: variant === "filled" ? { "--button-color": "var(--on-accent)" } : {},
      }),
    }),
    Chip: Chip.extend({ vars: () => ({ root: { "--chip-color": "var(--on-accent)" } }) }),
    DrawerRoot: DrawerRoot.extend({ defaultProps: { lockScroll: false } }),
    ModalRoot: ModalRoot.extend({ defaultProps: { lockScroll: false } }),
    Popover: Popover.extend({ defaultProps: { shadow: "md", withinPortal: true } }),
    Tooltip: Tooltip.extend({
      defaultProps: {
        openDelay: 250,
        multiline: true,
        maw: 320,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    }),
  },
});
