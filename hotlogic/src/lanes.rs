//! The memory in which one user of the rules runs compiled hooks: questions in, answers out.

use crate::hooks::Hook;
use crate::kernel::program::Program;
use crate::kernel::run::Lanes;
use sim::rules::MoveQuery;

/// Memory for every hook, one question at a time, and for a crowd that moves.
#[derive(Clone, Debug, Default)]
pub(crate) struct HookLanes {
    single: [Lanes<1>; Hook::ALL.len()],
    crowd: Box<Lanes<{ HookLanes::CROWD }>>,
}

impl HookLanes {
    /// Players that are asked about at once: enough that a step's own cost is small, few enough for the first cache.
    pub(crate) const CROWD: usize = 32;

    /// One question. `None` where the interpreter would report an error, or where a number is not finite.
    #[inline]
    pub(crate) fn ask(&mut self, hook: Hook, program: &Program, params: &[u32]) -> Option<[f32; 4]> {
        let lanes = &mut self.single[hook as usize];
        lanes.prepare(program);
        for (index, bits) in params.iter().enumerate() {
            *lanes.param(index) = [*bits];
        }
        lanes.run(program);
        let mut answer = [0.0; Program::MAX_RESULTS];
        for (index, number) in answer.iter_mut().enumerate().take(program.results.len()) {
            *number = f32::from_bits(lanes.result(program, index)[0]);
        }
        let good = !lanes.failed(0) && answer.iter().all(|number| number.is_finite());
        good.then_some(answer)
    }

    /// At most [`CROWD`](Self::CROWD) questions to `move_player`.
    pub(crate) fn move_crowd(&mut self, program: &Program, queries: &[MoveQuery]) {
        let lanes = &mut self.crowd;
        lanes.prepare(program);
        let [vx, vy, dx, dy, dt, ..] = lanes.registers() else { return };
        for (lane, query) in queries.iter().enumerate() {
            vx[lane] = query.velocity.x.to_bits();
            vy[lane] = query.velocity.y.to_bits();
            dx[lane] = query.direction.x.to_bits();
            dy[lane] = query.direction.y.to_bits();
            dt[lane] = query.dt.to_bits();
        }
        lanes.run(program);
    }

    /// What came out of it for one player, if it is good.
    #[inline]
    pub(crate) fn moved(&self, program: &Program, lane: usize) -> Option<(f32, f32)> {
        let [x, y] = [0, 1].map(|index| self.crowd.result(program, index)[lane]).map(f32::from_bits);
        let good = !self.crowd.failed(lane) && x.is_finite() && y.is_finite();
        good.then_some((x, y))
    }
}
