using ILGPU.Runtime.Cuda;
using static GpuVae.Kernels.Ilgpu.Cuda.TensorRegisters;

namespace GpuVae.Kernels.Ilgpu.Cuda;

/// <summary>
/// Float32 from three TensorFloat-32 products: x = X + x′ with X = tf32(x) and x′ = tf32(x − X). Of a product x·y the
/// parts X·y′, x′·Y and X·Y are summed, in this order; what is left out is below 2⁻²⁰ of it.
/// </summary>
internal readonly struct SplitTf32Precision : ITensorPrecision
{
    private const string Multiply =
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    public static int Depth => 8;

    public static void KeepLeft(int rowGroup, int half)
    {
        switch (rowGroup)
        {
            case 0:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left0, pair0; sub.f32 pair0, pair0, left0; " +
                    "cvt.rna.tf32.f32 leftRest0, pair0; " +
                    "cvt.rna.tf32.f32 left2, pair1; sub.f32 pair1, pair1, left2; " +
                    "cvt.rna.tf32.f32 leftRest2, pair1;");
                break;
            case 1:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left1, pair0; sub.f32 pair0, pair0, left1; " +
                    "cvt.rna.tf32.f32 leftRest1, pair0; " +
                    "cvt.rna.tf32.f32 left3, pair1; sub.f32 pair1, pair1, left3; " +
                    "cvt.rna.tf32.f32 leftRest3, pair1;");
                break;
            case 2:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left4, pair0; sub.f32 pair0, pair0, left4; " +
                    "cvt.rna.tf32.f32 leftRest4, pair0; " +
                    "cvt.rna.tf32.f32 left6, pair1; sub.f32 pair1, pair1, left6; " +
                    "cvt.rna.tf32.f32 leftRest6, pair1;");
                break;
            case 3:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left5, pair0; sub.f32 pair0, pair0, left5; " +
                    "cvt.rna.tf32.f32 leftRest5, pair0; " +
                    "cvt.rna.tf32.f32 left7, pair1; sub.f32 pair1, pair1, left7; " +
                    "cvt.rna.tf32.f32 leftRest7, pair1;");
                break;
            case 4:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left8, pair0; sub.f32 pair0, pair0, left8; " +
                    "cvt.rna.tf32.f32 leftRest8, pair0; " +
                    "cvt.rna.tf32.f32 left10, pair1; sub.f32 pair1, pair1, left10; " +
                    "cvt.rna.tf32.f32 leftRest10, pair1;");
                break;
            case 5:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left9, pair0; sub.f32 pair0, pair0, left9; " +
                    "cvt.rna.tf32.f32 leftRest9, pair0; " +
                    "cvt.rna.tf32.f32 left11, pair1; sub.f32 pair1, pair1, left11; " +
                    "cvt.rna.tf32.f32 leftRest11, pair1;");
                break;
            case 6:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left12, pair0; sub.f32 pair0, pair0, left12; " +
                    "cvt.rna.tf32.f32 leftRest12, pair0; " +
                    "cvt.rna.tf32.f32 left14, pair1; sub.f32 pair1, pair1, left14; " +
                    "cvt.rna.tf32.f32 leftRest14, pair1;");
                break;
            case 7:
                CudaAsm.Emit(
                    "cvt.rna.tf32.f32 left13, pair0; sub.f32 pair0, pair0, left13; " +
                    "cvt.rna.tf32.f32 leftRest13, pair0; " +
                    "cvt.rna.tf32.f32 left15, pair1; sub.f32 pair1, pair1, left15; " +
                    "cvt.rna.tf32.f32 leftRest15, pair1;");
                break;
        }
    }

    public static void KeepRight(int half)
    {
        CudaAsm.Emit(
            "cvt.rna.tf32.f32 right0, pair0; sub.f32 pair0, pair0, right0; " +
            "cvt.rna.tf32.f32 rightRest0, pair0; " +
            "cvt.rna.tf32.f32 right1, pair1; sub.f32 pair1, pair1, right1; " +
            "cvt.rna.tf32.f32 rightRest1, pair1;");
    }

    public static void MultiplyColumn(int column, bool isLarge)
    {
        switch (column)
        {
            case 0:
                CudaAsm.Emit(
                    Multiply + Sum00 + ", " + Left0 + RightRest + Sum00 + "; " +
                    Multiply + Sum00 + ", " + LeftRest0 + Right + Sum00 + "; " +
                    Multiply + Sum00 + ", " + Left0 + Right + Sum00 + "; " +
                    Multiply + Sum10 + ", " + Left1 + RightRest + Sum10 + "; " +
                    Multiply + Sum10 + ", " + LeftRest1 + Right + Sum10 + "; " +
                    Multiply + Sum10 + ", " + Left1 + Right + Sum10 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum20 + ", " + Left2 + RightRest + Sum20 + "; " +
                        Multiply + Sum20 + ", " + LeftRest2 + Right + Sum20 + "; " +
                        Multiply + Sum20 + ", " + Left2 + Right + Sum20 + "; " +
                        Multiply + Sum30 + ", " + Left3 + RightRest + Sum30 + "; " +
                        Multiply + Sum30 + ", " + LeftRest3 + Right + Sum30 + "; " +
                        Multiply + Sum30 + ", " + Left3 + Right + Sum30 + ";");
                }
                break;
            case 1:
                CudaAsm.Emit(
                    Multiply + Sum01 + ", " + Left0 + RightRest + Sum01 + "; " +
                    Multiply + Sum01 + ", " + LeftRest0 + Right + Sum01 + "; " +
                    Multiply + Sum01 + ", " + Left0 + Right + Sum01 + "; " +
                    Multiply + Sum11 + ", " + Left1 + RightRest + Sum11 + "; " +
                    Multiply + Sum11 + ", " + LeftRest1 + Right + Sum11 + "; " +
                    Multiply + Sum11 + ", " + Left1 + Right + Sum11 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum21 + ", " + Left2 + RightRest + Sum21 + "; " +
                        Multiply + Sum21 + ", " + LeftRest2 + Right + Sum21 + "; " +
                        Multiply + Sum21 + ", " + Left2 + Right + Sum21 + "; " +
                        Multiply + Sum31 + ", " + Left3 + RightRest + Sum31 + "; " +
                        Multiply + Sum31 + ", " + LeftRest3 + Right + Sum31 + "; " +
                        Multiply + Sum31 + ", " + Left3 + Right + Sum31 + ";");
                }
                break;
            case 2:
                CudaAsm.Emit(
                    Multiply + Sum02 + ", " + Left0 + RightRest + Sum02 + "; " +
                    Multiply + Sum02 + ", " + LeftRest0 + Right + Sum02 + "; " +
                    Multiply + Sum02 + ", " + Left0 + Right + Sum02 + "; " +
                    Multiply + Sum12 + ", " + Left1 + RightRest + Sum12 + "; " +
                    Multiply + Sum12 + ", " + LeftRest1 + Right + Sum12 + "; " +
                    Multiply + Sum12 + ", " + Left1 + Right + Sum12 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum22 + ", " + Left2 + RightRest + Sum22 + "; " +
                        Multiply + Sum22 + ", " + LeftRest2 + Right + Sum22 + "; " +
                        Multiply + Sum22 + ", " + Left2 + Right + Sum22 + "; " +
                        Multiply + Sum32 + ", " + Left3 + RightRest + Sum32 + "; " +
                        Multiply + Sum32 + ", " + LeftRest3 + Right + Sum32 + "; " +
                        Multiply + Sum32 + ", " + Left3 + Right + Sum32 + ";");
                }
                break;
            case 3:
                CudaAsm.Emit(
                    Multiply + Sum03 + ", " + Left0 + RightRest + Sum03 + "; " +
                    Multiply + Sum03 + ", " + LeftRest0 + Right + Sum03 + "; " +
                    Multiply + Sum03 + ", " + Left0 + Right + Sum03 + "; " +
                    Multiply + Sum13 + ", " + Left1 + RightRest + Sum13 + "; " +
                    Multiply + Sum13 + ", " + LeftRest1 + Right + Sum13 + "; " +
                    Multiply + Sum13 + ", " + Left1 + Right + Sum13 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum23 + ", " + Left2 + RightRest + Sum23 + "; " +
                        Multiply + Sum23 + ", " + LeftRest2 + Right + Sum23 + "; " +
                        Multiply + Sum23 + ", " + Left2 + Right + Sum23 + "; " +
                        Multiply + Sum33 + ", " + Left3 + RightRest + Sum33 + "; " +
                        Multiply + Sum33 + ", " + LeftRest3 + Right + Sum33 + "; " +
                        Multiply + Sum33 + ", " + Left3 + Right + Sum33 + ";");
                }
                break;
            case 4:
                CudaAsm.Emit(
                    Multiply + Sum04 + ", " + Left0 + RightRest + Sum04 + "; " +
                    Multiply + Sum04 + ", " + LeftRest0 + Right + Sum04 + "; " +
                    Multiply + Sum04 + ", " + Left0 + Right + Sum04 + "; " +
                    Multiply + Sum14 + ", " + Left1 + RightRest + Sum14 + "; " +
                    Multiply + Sum14 + ", " + LeftRest1 + Right + Sum14 + "; " +
                    Multiply + Sum14 + ", " + Left1 + Right + Sum14 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum24 + ", " + Left2 + RightRest + Sum24 + "; " +
                        Multiply + Sum24 + ", " + LeftRest2 + Right + Sum24 + "; " +
                        Multiply + Sum24 + ", " + Left2 + Right + Sum24 + "; " +
                        Multiply + Sum34 + ", " + Left3 + RightRest + Sum34 + "; " +
                        Multiply + Sum34 + ", " + LeftRest3 + Right + Sum34 + "; " +
                        Multiply + Sum34 + ", " + Left3 + Right + Sum34 + ";");
                }
                break;
            case 5:
                CudaAsm.Emit(
                    Multiply + Sum05 + ", " + Left0 + RightRest + Sum05 + "; " +
                    Multiply + Sum05 + ", " + LeftRest0 + Right + Sum05 + "; " +
                    Multiply + Sum05 + ", " + Left0 + Right + Sum05 + "; " +
                    Multiply + Sum15 + ", " + Left1 + RightRest + Sum15 + "; " +
                    Multiply + Sum15 + ", " + LeftRest1 + Right + Sum15 + "; " +
                    Multiply + Sum15 + ", " + Left1 + Right + Sum15 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum25 + ", " + Left2 + RightRest + Sum25 + "; " +
                        Multiply + Sum25 + ", " + LeftRest2 + Right + Sum25 + "; " +
                        Multiply + Sum25 + ", " + Left2 + Right + Sum25 + "; " +
                        Multiply + Sum35 + ", " + Left3 + RightRest + Sum35 + "; " +
                        Multiply + Sum35 + ", " + LeftRest3 + Right + Sum35 + "; " +
                        Multiply + Sum35 + ", " + Left3 + Right + Sum35 + ";");
                }
                break;
            case 6:
                CudaAsm.Emit(
                    Multiply + Sum06 + ", " + Left0 + RightRest + Sum06 + "; " +
                    Multiply + Sum06 + ", " + LeftRest0 + Right + Sum06 + "; " +
                    Multiply + Sum06 + ", " + Left0 + Right + Sum06 + "; " +
                    Multiply + Sum16 + ", " + Left1 + RightRest + Sum16 + "; " +
                    Multiply + Sum16 + ", " + LeftRest1 + Right + Sum16 + "; " +
                    Multiply + Sum16 + ", " + Left1 + Right + Sum16 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum26 + ", " + Left2 + RightRest + Sum26 + "; " +
                        Multiply + Sum26 + ", " + LeftRest2 + Right + Sum26 + "; " +
                        Multiply + Sum26 + ", " + Left2 + Right + Sum26 + "; " +
                        Multiply + Sum36 + ", " + Left3 + RightRest + Sum36 + "; " +
                        Multiply + Sum36 + ", " + LeftRest3 + Right + Sum36 + "; " +
                        Multiply + Sum36 + ", " + Left3 + Right + Sum36 + ";");
                }
                break;
            case 7:
                CudaAsm.Emit(
                    Multiply + Sum07 + ", " + Left0 + RightRest + Sum07 + "; " +
                    Multiply + Sum07 + ", " + LeftRest0 + Right + Sum07 + "; " +
                    Multiply + Sum07 + ", " + Left0 + Right + Sum07 + "; " +
                    Multiply + Sum17 + ", " + Left1 + RightRest + Sum17 + "; " +
                    Multiply + Sum17 + ", " + LeftRest1 + Right + Sum17 + "; " +
                    Multiply + Sum17 + ", " + Left1 + Right + Sum17 + ";");
                if (isLarge)
                {
                    CudaAsm.Emit(
                        Multiply + Sum27 + ", " + Left2 + RightRest + Sum27 + "; " +
                        Multiply + Sum27 + ", " + LeftRest2 + Right + Sum27 + "; " +
                        Multiply + Sum27 + ", " + Left2 + Right + Sum27 + "; " +
                        Multiply + Sum37 + ", " + Left3 + RightRest + Sum37 + "; " +
                        Multiply + Sum37 + ", " + LeftRest3 + Right + Sum37 + "; " +
                        Multiply + Sum37 + ", " + Left3 + Right + Sum37 + ";");
                }
                break;
        }
    }
}
