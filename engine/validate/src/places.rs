//! Every expression of a flow, and the place where it stands: the one walk over them, for rules and editors alike.
//!
//! Knows where expressions stand, and neither what they may read there nor what they mean.

use std::collections::HashSet;

use lang::{Expr, Span, Spanned, Template};
use machine::actions::Written;
use machine::draft;
use machine::ids::StateId;
use machine::wanted::Given;

use crate::model::{Model, Trigger};

/// Where an expression stands, and what its value is for.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) site: Site<'a>,
    pub(crate) purpose: Purpose<'a>,
}

/// Where an expression stands: that decides what it may read.
#[derive(Clone, Copy)]
pub(crate) enum Site<'a> {
    /// Under `start.incoming`.
    Start,
    /// Under `vars`.
    FirstValues,
    /// Under `defaults`: it is read wherever an action leaves the argument out.
    Defaults,
    /// In the `do` of a state.
    Entry(StateId),
    /// In its `exit`.
    Exit(StateId),
    /// In what it does by itself once its `do` is answered: what it passes to a sub-flow, or gives back at the end.
    Leaving(StateId),
    /// In a branch.
    Branch(BranchSite<'a>),
}

/// A branch, with those that are tried before and after it.
#[derive(Clone, Copy)]
pub(crate) struct BranchSite<'a> {
    /// Whose it is; `None`: the flow's.
    pub(crate) owner: Option<StateId>,
    /// What it reacts to.
    pub(crate) trigger: Trigger<'a>,
    pub(crate) branches: &'a [draft::Branch],
    pub(crate) index: usize,
}

/// What the value of an expression is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose<'a> {
    /// It is a guard.
    Guard,
    /// A variable gets it.
    Value(&'a Spanned<String>),
    /// It fills an argument.
    Argument(ArgumentUse<'a>),
    /// Another flow gets it.
    Passed(Passed<'a>),
}

/// A value that one flow hands to another.
#[derive(Clone, Copy)]
pub(crate) struct Passed<'a> {
    pub(crate) name: &'a Spanned<String>,
    pub(crate) value: &'a Template,
    pub(crate) to: Receiver<'a>,
}

/// Who gets it.
#[derive(Clone, Copy)]
pub(crate) enum Receiver<'a> {
    /// A sub-flow, as an input.
    Subflow(&'a draft::Run),
    /// The flow that runs this one, as output.
    Caller,
}

/// An argument of an action.
#[derive(Clone, Copy)]
pub(crate) struct ArgumentUse<'a> {
    /// The list of actions, and which of them; `None`: it is a default.
    pub(crate) action: Option<(&'a [Written], usize)>,
    pub(crate) given: Given<'a>,
    /// It stands under `defaults`, and not with the action.
    pub(crate) is_default: bool,
}

/// What stands at a place.
#[derive(Clone, Copy)]
pub(crate) enum Formula<'a> {
    /// A bare expression.
    Guard(&'a Expr),
    /// A value that may hold expressions.
    Template(&'a Template),
}

impl<'a> BranchSite<'a> {
    pub(crate) fn branch(&self) -> &'a draft::Branch {
        &self.branches[self.index]
    }
}

impl<'a> ArgumentUse<'a> {
    /// The action that it is an argument of; `None`: it is a default.
    pub(crate) fn written(&self) -> Option<&'a Written> {
        self.action.and_then(|(actions, index)| actions.get(index))
    }
}

impl<'a> Formula<'a> {
    /// Every expression in it, in the order in which they are written.
    pub(crate) fn expressions(self) -> Vec<&'a Expr> {
        match self {
            Formula::Guard(expr) => vec![expr],
            Formula::Template(template) => template.expressions().collect(),
        }
    }
}

/// Visits every expression of a flow.
pub(crate) fn for_each_expression<'a>(model: &Model<'a>, visit: &mut dyn FnMut(&Place<'a>, &'a Expr)) {
    for_each_formula(model, &mut |place, formula| {
        formula.expressions().into_iter().for_each(|expr| visit(place, expr));
    });
}

/// Visits every guard and every template of a flow, values without an expression among them.
pub(crate) fn for_each_formula<'a>(model: &Model<'a>, visit: &mut dyn FnMut(&Place<'a>, Formula<'a>)) {
    let draft = model.draft;
    let mut walk = Walk { visit, defaults: HashSet::new() };
    if let Some(guard) = draft.start.incoming.as_ref().and_then(|start| start.when.as_ref()) {
        walk.see(Site::Start, Purpose::Guard, Formula::Guard(guard));
    }
    for (name, template) in &draft.vars {
        walk.see(Site::FirstValues, Purpose::Value(name), Formula::Template(template));
    }
    walk.defaults(model);
    model.ids().map(Some).chain([None]).for_each(|owner| walk.owner(model, owner));
}

/// Visits every expression of the sub-flow that a state runs, but for what its actions take from defaults; not those of
/// a sub-flow inside it.
pub(crate) fn for_each_expression_inside<'a>(
    model: &Model<'a>,
    run: StateId,
    visit: &mut dyn FnMut(&Place<'a>, &'a Expr),
) {
    let mut see = |place: &Place<'a>, formula: Formula<'a>| {
        formula.expressions().into_iter().for_each(|expr| visit(place, expr));
    };
    let mut walk = Walk { visit: &mut see, defaults: HashSet::new() };
    if let Some(body) = model.run(run).and_then(|run| run.body.as_deref()) {
        for (name, template) in &body.flow.vars {
            walk.see(Site::FirstValues, Purpose::Value(name), Formula::Template(template));
        }
    }
    model.states_inside(run).into_iter().for_each(|state| walk.owner(model, Some(state)));
}

struct Walk<'v, 'a> {
    visit: &'v mut dyn FnMut(&Place<'a>, Formula<'a>),
    /// Where the flow's defaults stand: an argument that stands there was left out of its action.
    defaults: HashSet<Span>,
}

impl<'a> Walk<'_, 'a> {
    fn see(&mut self, site: Site<'a>, purpose: Purpose<'a>, formula: Formula<'a>) {
        (self.visit)(&Place { site, purpose }, formula);
    }

    /// What a state holds; the flow, if `None`.
    fn owner(&mut self, model: &Model<'a>, owner: Option<StateId>) {
        if let Some(id) = owner {
            self.actions(Site::Entry(id), &model.written(id).entry);
            self.leaving(id, &model.written(id).next);
        }
        for choice in model.choices(owner) {
            for index in 0..choice.written.len() {
                let (trigger, branches) = (choice.trigger, choice.written);
                self.branch(BranchSite { owner, trigger, branches, index });
            }
        }
        if let Some(id) = owner {
            self.actions(Site::Exit(id), &model.written(id).exit);
        }
    }

    fn defaults(&mut self, model: &Model<'a>) {
        model.draft.defaults.visit(&mut |given| {
            self.defaults.insert(given.span);
            let purpose = Purpose::Argument(ArgumentUse { action: None, given, is_default: true });
            self.see(Site::Defaults, purpose, Formula::Template(given.template));
        });
    }

    fn leaving(&mut self, id: StateId, next: &'a draft::Next) {
        match next {
            draft::Next::Run(run) => self.passed(Site::Leaving(id), &run.with, Receiver::Subflow(run)),
            draft::Next::End(end) => self.passed(Site::Leaving(id), &end.output, Receiver::Caller),
            draft::Next::Wait | draft::Next::Branches(_) => {}
        }
    }

    fn passed(&mut self, site: Site<'a>, values: &'a [(Spanned<String>, Template)], to: Receiver<'a>) {
        for (name, value) in values {
            self.see(site, Purpose::Passed(Passed { name, value, to }), Formula::Template(value));
        }
    }

    fn branch(&mut self, site: BranchSite<'a>) {
        let branch = site.branch();
        if let Some(guard) = &branch.when {
            self.see(Site::Branch(site), Purpose::Guard, Formula::Guard(guard));
        }
        for (name, template) in &branch.set {
            self.see(Site::Branch(site), Purpose::Value(name), Formula::Template(template));
        }
        self.actions(Site::Branch(site), &branch.actions);
        if let draft::Target::End(end) = &branch.target {
            self.passed(Site::Branch(site), &end.output, Receiver::Caller);
        }
    }

    fn actions(&mut self, site: Site<'a>, actions: &'a [Written]) {
        for (index, written) in actions.iter().enumerate() {
            written.visit(&mut |given| {
                let is_default = self.defaults.contains(&given.span);
                let purpose =
                    Purpose::Argument(ArgumentUse { action: Some((actions, index)), given, is_default });
                self.see(site, purpose, Formula::Template(given.template));
            });
        }
    }
}
