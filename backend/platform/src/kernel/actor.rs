//! Who asks. The first question of every use case.
//!
//! Constructors are `pub(crate)` and the architecture test lists the few files that may call
//! them, so that an actor cannot be made up on the way.

use super::id::{ApiTokenId, PersonId, SellerId};

/// Anybody who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has signed in.
    Anonymous,
    /// A person with a session cookie; belongs to sellers, not to the staff.
    Person { id: PersonId, sellers: Vec<SellerId> },
    /// A program holding an API token.
    Program { token: ApiTokenId, scope: ProgramScope },
    /// A person who works for the operator.
    Staff(Staff),
}

/// What an API token may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramScope {
    /// Bound to one seller; carries the person who made it.
    Seller { seller: SellerId, person: PersonId },
    /// The whole marketplace, with the rights of the staff member who made it.
    Operator(Staff),
}

/// A staff member. Only a staff session or an operator-wide token produces one, so a function that
/// takes `&Staff` needs no further check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    id: PersonId,
    role: StaffRole,
}

/// What a staff member is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffRole {
    Admin,
}

impl StaffRole {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        (text == "ADMIN").then_some(Self::Admin)
    }
}

/// Souk itself: the worker, the seed, the operator's commands.
#[derive(Clone, Debug)]
pub struct System {
    what: &'static str,
}

impl Staff {
    pub(crate) fn new(id: PersonId, role: StaffRole) -> Self {
        Self { id, role }
    }

    pub fn person(&self) -> &PersonId {
        &self.id
    }

    pub fn role(&self) -> StaffRole {
        self.role
    }
}

impl System {
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what }
    }
}

impl Actor {
    pub(crate) fn person(id: PersonId, sellers: Vec<SellerId>) -> Self {
        Self::Person { id, sellers }
    }

    pub(crate) fn staff(id: PersonId, role: StaffRole) -> Self {
        Self::Staff(Staff::new(id, role))
    }

    pub(crate) fn program(token: ApiTokenId, scope: ProgramScope) -> Self {
        Self::Program { token, scope }
    }

    /// The staff member behind this actor, in person or through an operator-wide token.
    pub fn as_staff(&self) -> Option<&Staff> {
        match self {
            Self::Staff(staff) => Some(staff),
            Self::Program { scope: ProgramScope::Operator(staff), .. } => Some(staff),
            _ => None,
        }
    }

    /// The person behind this actor: the one signed in, or the one who made the token.
    pub fn person_id(&self) -> Option<&PersonId> {
        match self {
            Self::Anonymous => None,
            Self::Person { id, .. } => Some(id),
            Self::Staff(staff) => Some(staff.person()),
            Self::Program { scope: ProgramScope::Seller { person, .. }, .. } => Some(person),
            Self::Program { scope: ProgramScope::Operator(staff), .. } => Some(staff.person()),
        }
    }

    pub fn is_program(&self) -> bool {
        matches!(self, Self::Program { .. })
    }

    /// The sellers this actor belongs to; `None` means every seller.
    pub fn sellers(&self) -> Option<Vec<SellerId>> {
        match self {
            Self::Anonymous => Some(vec![]),
            Self::Person { sellers, .. } => Some(sellers.clone()),
            Self::Program { scope: ProgramScope::Seller { seller, .. }, .. } => Some(vec![seller.clone()]),
            Self::Program { scope: ProgramScope::Operator(_), .. } | Self::Staff(_) => None,
        }
    }

    /// Whether this actor may see what belongs to the seller.
    pub fn may_see(&self, seller: &SellerId) -> bool {
        self.sellers().is_none_or(|own| own.contains(seller))
    }

    /// Whether this actor may act for the seller. Staff may: the operator runs the marketplace.
    pub fn may_act_for(&self, seller: &SellerId) -> bool {
        self.may_see(seller)
    }
}

/// How an actor is written into the audit log.
pub trait Who {
    fn who(&self) -> String;
}

impl Who for Actor {
    fn who(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Person { id, .. } => id.to_string(),
            Self::Program { token, .. } => token.to_string(),
            Self::Staff(staff) => format!("staff {}", staff.id),
        }
    }
}

impl Who for Staff {
    fn who(&self) -> String {
        format!("staff {}", self.id)
    }
}

impl Who for System {
    fn who(&self) -> String {
        format!("system {}", self.what)
    }
}
