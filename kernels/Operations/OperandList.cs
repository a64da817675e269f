using System.Runtime.CompilerServices;

namespace GpuVae.Kernels;

/// <summary>Puts together <see cref="IOperation.Operands"/>, in order; operands that are absent are passed over.</summary>
public sealed class OperandList
{
    private readonly List<Operand> _operands = [];

    /// <summary>An operand that is read.</summary>
    public OperandList Source<T>(View<T> view, [CallerArgumentExpression(nameof(view))] string name = "")
        where T : unmanaged => Add(name, OperandRole.Source, view);

    /// <summary>An operand that is written.</summary>
    public OperandList Destination<T>(View<T> view, [CallerArgumentExpression(nameof(view))] string name = "")
        where T : unmanaged => Add(name, OperandRole.Destination, view);

    /// <summary>An operand that is read and written.</summary>
    public OperandList Update<T>(View<T> view, [CallerArgumentExpression(nameof(view))] string name = "")
        where T : unmanaged => Add(name, OperandRole.Update, view);

    /// <summary>The operands so far.</summary>
    public IReadOnlyList<Operand> ToList() => _operands;

    /// <summary>The cost of an operation that goes once over its operands, with so many floating-point operations.</summary>
    public static OperationCost Cost(double flops, IReadOnlyList<Operand> operands) =>
        new(flops, operands.Sum(operand => operand.Traffic));

    private OperandList Add<T>(string name, OperandRole role, View<T> view)
        where T : unmanaged
    {
        if (!view.IsEmpty)
            _operands.Add(new Operand(name, role, view.Buffer, view.Offset, view.Rows, view.Columns, Unsafe.SizeOf<T>()));
        return this;
    }
}
