import { ActionIcon, Kbd, Modal } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { KeyboardIcon } from "@/components/icons";
import { StateBadge } from "@/components/StateBadge";
import { lookOf, states } from "@/lib/state";
import classes from "./HelpDialog.module.css";

const keys: { keys: string[]; does: string }[] = [
  { keys: ["/"], does: "Search objectives" },
  { keys: ["j", "k"], does: "Next and previous objective" },
  { keys: ["Enter"], does: "Open the objective" },
  { keys: ["Esc"], does: "Leave the search field, close what is open" },
  { keys: ["?"], does: "This help" },
];

/** Keys, and what the states mean. */
export function HelpDialog() {
  const [opened, { open, close }] = useDisclosure(false);
  // Where the key lies, and whether it takes Shift, depends on the keyboard.
  useHotkeys([
    ["shift+?", open],
    ["?", open],
  ]);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Keys and help"
        title="Keys and help (?)"
        onClick={open}
        className={classes.button ?? ""}
      >
        <KeyboardIcon />
      </ActionIcon>
      <Modal.Root opened={opened} onClose={close} centered classNames={{ content: classes.content ?? "" }}>
        <Modal.Overlay />
        <Modal.Content>
          <div className={classes.header}>
            <Modal.Title className={classes.title ?? ""}>Keys and states</Modal.Title>
            <Modal.CloseButton aria-label="Close" />
          </div>
          <Modal.Body>
            <dl className={classes.keys}>
              {keys.map((k) => (
                <div key={k.does}>
                  <dt>
                    {k.keys.map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                  <dd>{k.does}</dd>
                </div>
              ))}
            </dl>
            <dl className={classes.states}>
              {states.map((s) => (
                <div key={s}>
                  <dt>
                    <StateBadge state={s} />
                  </dt>
                  <dd>{lookOf(s).meaning}</dd>
                </div>
              ))}
            </dl>
            <p className={classes.note}>
              In plots: drag to zoom. Hatched means that nobody looked, a line below that it is estimated.
            </p>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </>
  );
}
