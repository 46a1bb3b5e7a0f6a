#include "slots.h"

#include "slot_name.h"

enum act {
	KEEP,
	MARK,    /* this one is good */
	COUNT,   /* one more try is used up */
	GIVE_UP, /* one more bad boot */
	CHOOSE,  /* this one is good, and is started from now on */
	FORGET,  /* the trial is over: its slot is not good */
	LEAVE,   /* the other one from now on, if it is good; this one is not */
	SWAP,    /* the other one from now on, in any case */
};

static const uint8_t acts[SLOT_PART_N][SLOT_EVENT_N] = {
	[SLOT_CHOSEN] = {[SLOT_STARTED] = KEEP,
		[SLOT_STARTED_UNCOUNTED] = KEEP,
		[SLOT_GOOD] = MARK,
		[SLOT_BAD] = LEAVE,
		[SLOT_REFUSED] = SWAP,
		[SLOT_GIVEN_UP] = GIVE_UP},
	[SLOT_RETURN] = {[SLOT_STARTED] = FORGET,
		[SLOT_STARTED_UNCOUNTED] = FORGET,
		/* The trial was asked for since. */
		[SLOT_GOOD] = MARK,
		[SLOT_BAD] = FORGET,
		[SLOT_REFUSED] = FORGET,
		[SLOT_GIVEN_UP] = GIVE_UP},
	/* Bad or not heard of again: the one that was started before is started again. */
	[SLOT_ON_TRIAL] = {[SLOT_STARTED] = KEEP,
		[SLOT_STARTED_UNCOUNTED] = COUNT,
		[SLOT_GOOD] = CHOOSE,
		[SLOT_BAD] = FORGET,
		[SLOT_REFUSED] = FORGET,
		[SLOT_GIVEN_UP] = KEEP},
	/* Who starts it was not told yet of the chosen one, or could not start that. */
	[SLOT_STRAY] = {[SLOT_STARTED] = KEEP,
		[SLOT_STARTED_UNCOUNTED] = KEEP,
		[SLOT_GOOD] = MARK,
		[SLOT_BAD] = KEEP,
		[SLOT_REFUSED] = KEEP,
		[SLOT_GIVEN_UP] = KEEP},
};

static bool *good(struct slot_record *r, char slot)
{
	return &r->good[slot == 'b'];
}

enum slot_part slots_part(const struct slot_record *r, char running)
{
	if (running == r->trial)
		return SLOT_ON_TRIAL;
	if (running == r->boot)
		return r->trial ? SLOT_RETURN : SLOT_CHOSEN;
	return SLOT_STRAY;
}

const char *slots_part_text(enum slot_part p)
{
	static const char *const texts[SLOT_PART_N] = {
		[SLOT_CHOSEN] = "as chosen",
		[SLOT_RETURN] = "because the trial of the other one has failed",
		[SLOT_ON_TRIAL] = "on trial",
		[SLOT_STRAY] = "because the chosen one was not started",
	};

	return texts[p];
}

bool slots_other_good(const struct slot_record *r, char running)
{
	return r->good[running == 'a'];
}

struct slots_wish slots_wish(const struct slot_record *r)
{
	return (struct slots_wish){r->boot, r->trial && r->left ? r->trial : r->boot};
}

static void end_trial(struct slot_record *r)
{
	*good(r, r->trial) = false;
	r->trial = '\0';
	r->left = 0;
}

static void mark(struct slot_record *r, char slot)
{
	*good(r, slot) = true;
	r->bad = 0;
}

static void count_bad(struct slot_record *r)
{
	if (r->bad < SLOT_BAD_COUNTED)
		r->bad++;
}

static void swap(struct slot_record *r, char running)
{
	*good(r, running) = false;
	r->boot = slot_other(running);
	r->bad = 0;
}

static void act(struct slot_record *r, char running, enum act what)
{
	switch (what) {
	case KEEP:
		break;
	case FORGET:
		end_trial(r);
		break;
	case COUNT:
		if (r->left > 0)
			r->left--;
		break;
	case GIVE_UP:
		count_bad(r);
		break;
	case MARK:
		mark(r, running);
		break;
	case CHOOSE:
		r->boot = running;
		r->trial = '\0';
		r->left = 0;
		mark(r, running);
		break;
	case LEAVE:
		if (slots_other_good(r, running))
			swap(r, running);
		else
			count_bad(r);
		break;
	case SWAP:
		swap(r, running);
		break;
	}
}

bool slots_decide(struct slot_record *r, char running, enum slot_event e)
{
	const struct slot_record before = *r;

	act(r, running, (enum act)acts[slots_part(r, running)][e]);
	return r->boot != before.boot || r->trial != before.trial || r->left != before.left ||
	       r->good[0] != before.good[0] || r->good[1] != before.good[1] || r->bad != before.bad;
}

void slots_try_other(struct slot_record *r, char running, uint8_t times)
{
	r->boot = running;
	r->trial = slot_other(running);
	r->left = times;
	r->bad = 0;
}
