import { Drawer, Modal } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./Sheet.module.css";
import { useOpener } from "./use-opener";

interface SheetProps {
  title: string;
  testId: string;
  /** Width in pixels, where there is so much room. */
  width?: number;
  onClose: () => void;
  children: ReactNode;
}

/** A sheet at the right edge, open as long as it is drawn. It keeps the focus, and gives it back to what opened it. */
export function SideSheet({ title, testId, width = 620, onClose, children }: SheetProps) {
  useOpener();
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Where what it shows is replaced, the focus would fall out of it with what had it.
    if (document.activeElement === document.body) {
      sheet.current?.focus();
    }
  });
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size={`min(${width}px, 100vw)`}
      returnFocus={false}
      classNames={{ content: classes.side ?? "", body: classes.body ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content ref={sheet} data-testid={testId}>
        <div className={classes.header}>
          <Drawer.Title className={classes.title ?? ""}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** A sheet in the middle, for what is decided in a moment. */
export function Dialog({ title, testId, width = 440, onClose, children }: SheetProps) {
  useOpener();
  return (
    <Modal.Root
      opened
      onClose={onClose}
      centered
      size={width}
      returnFocus={false}
      classNames={{ content: classes.content ?? "", body: classes.dialog ?? "" }}
    >
      <Modal.Overlay />
      <Modal.Content data-testid={testId}>
        <div className={classes.header}>
          <Modal.Title className={classes.title ?? ""}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** The buttons of a dialog; the first is what a hasty Enter should do. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={classes.actions}>{children}</div>;
}
