//! What a parser makes of markup: the nodes in the order in which they came, each with its place.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::serialize::Serializer;
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName, local_name, ns};

/// The nodes. The first is the document.
pub(super) struct Tree {
    nodes: RefCell<Vec<Node>>,
    depth: Cell<usize>,
}

/// Which node.
#[derive(Clone)]
pub(super) struct Handle {
    at: usize,
    /// Of what is no element, nobody asks for it.
    name: Rc<QualName>,
}

struct Node {
    parent: Option<usize>,
    children: Vec<usize>,
    /// How many stood around it when it was put into its place.
    depth: usize,
    what: What,
}

enum What {
    Document,
    Element {
        name: Rc<QualName>,
        attrs: Vec<Attribute>,
        /// A `template` has its content apart.
        content: Option<usize>,
        takes_html: bool,
    },
    Text(StrTendril),
    Comment(StrTendril),
}

/// What is still to be written of an element.
enum Step {
    Enter(usize),
    Leave(Rc<QualName>),
}

impl Tree {
    pub(super) fn new() -> Self {
        let tree = Self {
            nodes: RefCell::default(),
            depth: Cell::new(0),
        };
        tree.add(What::Document);
        tree
    }

    /// How many nodes there are, those that were thrown away as well.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// How many elements stood within each other at most.
    pub(super) fn depth(&self) -> usize {
        self.depth.get()
    }

    /// Writes out what was read as a fragment: all below the document's only element.
    pub(super) fn write(&self, to: &mut impl Serializer) -> io::Result<()> {
        let nodes = self.nodes.borrow();
        let root = nodes[0].children.iter().copied();
        let root = root.filter(|at| matches!(nodes[*at].what, What::Element { .. }));
        let tops = root.flat_map(|at| nodes[at].children.iter().rev().copied());
        let mut steps: Vec<Step> = tops.map(Step::Enter).collect();
        while let Some(step) = steps.pop() {
            let at = match step {
                Step::Leave(name) => {
                    to.end_elem(QualName::clone(&name))?;
                    continue;
                }
                Step::Enter(at) => at,
            };
            match &nodes[at].what {
                What::Document => {}
                What::Text(text) => to.write_text(text)?,
                What::Comment(text) => to.write_comment(text)?,
                What::Element {
                    name,
                    attrs,
                    content,
                    ..
                } => {
                    let pairs = attrs.iter().map(|it| (&it.name, &*it.value));
                    to.start_elem(QualName::clone(name), pairs)?;
                    steps.push(Step::Leave(Rc::clone(name)));
                    let children = &nodes[content.unwrap_or(at)].children;
                    if loses_a_line(name, children.first().map(|it| &nodes[*it].what)) {
                        to.write_text("\n")?;
                    }
                    steps.extend(children.iter().rev().copied().map(Step::Enter));
                }
            }
        }
        Ok(())
    }

    fn add(&self, what: What) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            parent: None,
            children: Vec::new(),
            depth: 0,
            what,
        });
        nodes.len() - 1
    }

    fn handle(&self, what: What) -> Handle {
        let name = Rc::new(QualName::new(None, ns!(), local_name!("")));
        let at = self.add(what);
        Handle { at, name }
    }

    /// Puts `new` into `parent` before its child at `place`.
    fn put(&self, parent: usize, place: usize, new: NodeOrText<Handle>) {
        let at = match new {
            NodeOrText::AppendNode(node) => {
                self.take_out(node.at);
                node.at
            }
            NodeOrText::AppendText(text) => {
                if self.joins(parent, place, &text) {
                    return;
                }
                self.add(What::Text(text))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent].depth + 1;
        self.depth.set(self.depth.get().max(depth));
        (nodes[at].parent, nodes[at].depth) = (Some(parent), depth);
        nodes[parent].children.insert(place, at);
    }

    /// Adds to the text that stands before a place, if one does.
    fn joins(&self, parent: usize, place: usize, text: &StrTendril) -> bool {
        let mut nodes = self.nodes.borrow_mut();
        let Some(before) = place.checked_sub(1) else {
            return false;
        };
        let before = nodes[parent].children[before];
        match &mut nodes[before].what {
            What::Text(there) => {
                there.push_tendril(text);
                true
            }
            _ => false,
        }
    }

    fn take_out(&self, at: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[at].parent.take() {
            // Whatever is moved came last, or nearly so.
            let place = nodes[parent].children.iter().rposition(|it| *it == at);
            place.map(|place| nodes[parent].children.remove(place));
        }
    }

    fn end_of(&self, parent: usize) -> usize {
        self.nodes.borrow()[parent].children.len()
    }
}

/// Whether a parser drops the first line break of what an element begins with.
fn loses_a_line(name: &QualName, first: Option<&What>) -> bool {
    let drops = name.ns == ns!(html)
        && matches!(
            name.local,
            local_name!("pre") | local_name!("textarea") | local_name!("listing")
        );
    drops && matches!(first, Some(What::Text(text)) if text.starts_with('\n'))
}

impl TreeSink for Tree {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: std::borrow::Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        let name = Rc::new(QualName::new(None, ns!(), local_name!("")));
        Handle { at: 0, name }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        &target.name
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let name = Rc::new(name);
        let content = flags.template.then(|| self.add(What::Document));
        let at = self.add(What::Element {
            name: Rc::clone(&name),
            attrs,
            content,
            takes_html: flags.mathml_annotation_xml_integration_point,
        });
        Handle { at, name }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        self.handle(What::Comment(text))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        // There are none in HTML.
        self.handle(What::Comment(StrTendril::from(format!("{target} {data}"))))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.put(parent.at, self.end_of(parent.at), child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        before: &Handle,
        child: NodeOrText<Handle>,
    ) {
        let stands = self.nodes.borrow()[element.at].parent.is_some();
        match stands {
            true => self.append_before_sibling(element, child),
            false => self.append(before, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let content = match &self.nodes.borrow()[target.at].what {
            What::Element { content, .. } => *content,
            _ => None,
        };
        Handle {
            at: content.unwrap_or(target.at),
            name: Rc::clone(&target.name),
        }
    }

    fn same_node(&self, one: &Handle, other: &Handle) -> bool {
        one.at == other.at
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, new: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(node) = &new {
            self.take_out(node.at);
        }
        let place = {
            let nodes = self.nodes.borrow();
            let place = |parent: usize| {
                let children = &nodes[parent].children;
                Some((parent, children.iter().rposition(|it| *it == sibling.at)?))
            };
            nodes[sibling.at].parent.and_then(place)
        };
        if let Some((parent, place)) = place {
            self.put(parent, place, new);
        }
    }

    /// What `<html>` and `<body>` would add to elements of the application's.
    fn add_attrs_if_missing(&self, _: &Handle, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &Handle) {
        self.take_out(target.at);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let mut nodes = self.nodes.borrow_mut();
        let moved = std::mem::take(&mut nodes[node.at].children);
        let depth = nodes[new_parent.at].depth + 1;
        for child in &moved {
            (nodes[*child].parent, nodes[*child].depth) = (Some(new_parent.at), depth);
        }
        nodes[new_parent.at].children.extend(moved);
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Handle) -> bool {
        let nodes = self.nodes.borrow();
        matches!(
            &nodes[target.at].what,
            What::Element {
                takes_html: true,
                ..
            }
        )
    }

    fn allow_declarative_shadow_roots(&self, _: &Handle) -> bool {
        false
    }
}
